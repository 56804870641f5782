"""`calicoctl completion`: what makes a shell complete commands, kinds and names."""

from __future__ import annotations

from collections.abc import Mapping

from tortie.cli.flags import Parsed
from tortie.cli.output.summary import Report
from tortie.errors import Invalid

__all__ = ["SCRIPTS", "run"]

_BASH = """\
# calicoctl completion for bash: source <(calicoctl completion bash)
_calicoctl() {
    local words found
    words=("${COMP_WORDS[@]:1:COMP_CWORD}")
    mapfile -t found < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
    if [[ ${found[0]} == :files ]]; then
        compopt -o default
        COMPREPLY=()
        return
    fi
    COMPREPLY=("${found[@]%%$'\\t'*}")
}
complete -F _calicoctl calicoctl kubectl-calico
"""
_ZSH = """\
#compdef calicoctl kubectl-calico
# calicoctl completion for zsh: source <(calicoctl completion zsh)
_calicoctl() {
    local -a found described
    local line
    found=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ ${found[1]} == :files ]]; then
        _files
        return
    fi
    for line in "${found[@]}"; do
        [[ -n $line ]] && described+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}")
    done
    _describe 'calicoctl' described
}
compdef _calicoctl calicoctl kubectl-calico
"""
_FISH = """\
# calicoctl completion for fish: calicoctl completion fish | source
function __calicoctl_complete
    set -l before (commandline -opc)
    set -l found ($before[1] __complete $before[2..-1] (commandline -ct) 2>/dev/null)
    if test "$found[1]" = ':files'
        __fish_complete_path (commandline -ct)
        return
    end
    printf '%s\\n' $found
end
complete -c calicoctl -f -a '(__calicoctl_complete)'
complete -c kubectl-calico -f -a '(__calicoctl_complete)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""Shell to its script; each asks `calicoctl __complete` what may come next."""


def run(parsed: Parsed, environ: Mapping[str, str]) -> Report:  # noqa: ARG001 - nothing is asked
    """Print the script of one shell."""
    shells = ", ".join(SCRIPTS)
    if len(parsed.words) != 1:
        raise Invalid.because(f"accepts 1 arg(s), received {len(parsed.words)}", mend=f"one of: {shells}")
    if parsed.words[0] not in SCRIPTS:
        raise Invalid.because(f"there is no completion for `{parsed.words[0]}`", mend=f"one of: {shells}")
    return Report(SCRIPTS[parsed.words[0]])
