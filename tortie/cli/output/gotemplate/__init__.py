"""The part of Go's template language that `-o go-template` needs: text in, text out."""

from tortie.cli.output.gotemplate.functions import FUNCTIONS, Function
from tortie.cli.output.gotemplate.parser import parse_template
from tortie.cli.output.gotemplate.run import render
from tortie.cli.output.gotemplate.values import resource_value

__all__ = ["FUNCTIONS", "Function", "parse_template", "render", "resource_value"]
