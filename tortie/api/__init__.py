"""The projectcalico.org/v3 API and Kubernetes documents, to and from the model; knows the rules of both."""

from __future__ import annotations

from tortie.api.admission import creation_problems, deletion_problems, update_problems
from tortie.api.decode import Decoded, decode, decode_all, info_of, key_of
from tortie.api.defaults import TIER_LABEL, defaulted
from tortie.api.document import Document, document_of
from tortie.api.encode import encode
from tortie.api.kinds import CALICO, KIND_INFO, KINDS, KindInfo, kind_named
from tortie.api.reading import read_documents
from tortie.api.stored import decode_value

__all__ = [
    "CALICO",
    "KINDS",
    "KIND_INFO",
    "TIER_LABEL",
    "Decoded",
    "Document",
    "KindInfo",
    "creation_problems",
    "decode",
    "decode_all",
    "decode_value",
    "defaulted",
    "deletion_problems",
    "document_of",
    "encode",
    "info_of",
    "key_of",
    "kind_named",
    "read_documents",
    "update_problems",
]
