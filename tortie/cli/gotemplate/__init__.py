"""The part of Go's template language that `-o go-template` needs: text in, text out."""

from tortie.cli.gotemplate.functions import FUNCTIONS, Function
from tortie.cli.gotemplate.parser import parse_template
from tortie.cli.gotemplate.run import render
from tortie.cli.gotemplate.values import resource_value

__all__ = ["FUNCTIONS", "Function", "parse_template", "render", "resource_value"]
