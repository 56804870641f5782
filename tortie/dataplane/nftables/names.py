"""Names of ours, and the only place where text of users becomes text of nft: names, comments, log prefixes."""

from __future__ import annotations

import re
from hashlib import blake2s

__all__ = ["MAX_COMMENT", "MAX_LOG_PREFIX", "MAX_NAME", "comment", "log_prefix", "name"]

MAX_NAME = 63
"""Longest name of a chain, set or counter, in characters: what fits in every listing (the kernel takes 255)."""

MAX_COMMENT = 128
"""Longest comment, in bytes. Source: libnftnl's NFTNL_UDATA_COMMENT_MAXLEN."""

MAX_LOG_PREFIX = 127
"""Longest log prefix, in bytes. Source: NF_LOG_PREFIXLEN 128, of which one is the final zero."""

_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9_/.-]")
_UNSAFE_IN_COMMENT = re.compile(r"[^A-Za-z0-9 '_/.,:;=<>()\[\]{}@#%&*+|~^!?-]")
_HASH_LENGTH = 20  # hexadecimal digits: 80 bits, too many to search for two names that meet


def name(*parts: str | int) -> str:
    """Return a valid nft name made of the parts, joined by `-`.

    The first part is ours (a word such as `in` or `leaf`), so that a name begins with a letter; after the same first
    part distinct parts give distinct names. Where the others hold a `-` or what nft could not carry, and where the
    name would exceed 63 characters, it ends in a hash of the parts.
    """
    text = "-".join(map(str, parts))
    safe = _UNSAFE_IN_NAME.sub("_", text)
    if safe == text and len(text) <= MAX_NAME and not any("-" in str(part) for part in parts[1:]):
        return text
    return f"{safe[: MAX_NAME - _HASH_LENGTH - 1]}-{_hash(chr(0).join(map(str, parts)))}"


def comment(text: str, ident: str = "") -> str:
    """Return `text` as a comment, after `ident: ` where an id is given.

    Characters that could end the quoted string, or upset a terminal, become `_`; what exceeds 127 bytes is cut and
    replaced by `~` and a hash of the whole, so that comments are equal exactly where the texts are.
    """
    whole = (f"{ident}: {text}" if ident else text).replace("`", "'")
    safe = _UNSAFE_IN_COMMENT.sub("_", whole)
    if safe == whole and len(safe) <= MAX_COMMENT:
        return safe
    return f"{safe[: MAX_COMMENT - _HASH_LENGTH - 1]}~{_hash(whole)}"


def log_prefix(text: str) -> str:
    """Return `text`, already expanded, as a log prefix: no quotes, no control characters, at most 127 bytes.

    It is cut at the boundary of a character. What the kernel log could not show in one line becomes `_`; a prefix of
    nothing stays empty.
    """
    safe = "".join("_" if character == '"' or not character.isprintable() else character for character in text)
    return safe.encode(errors="replace")[:MAX_LOG_PREFIX].decode(errors="ignore")


def _hash(text: str) -> str:
    return blake2s(text.encode(errors="surrogatepass")).hexdigest()[:_HASH_LENGTH]
