"""Certificates for a test: an authority, and what it signs, made by openssl."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Authority"]


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority with its files in a directory."""

    directory: Path
    name: str = "ca"

    @property
    def certificate(self) -> Path:
        return self.directory / f"{self.name}.pem"

    def make(self) -> Authority:
        if shutil.which("openssl") is None:
            pytest.skip("there is no openssl")
        subject = ("-subj", f"/CN={self.name}")
        _openssl("req", "-x509", *_new_key(self._key(self.name)), "-days", "2", *subject, "-out", str(self.certificate))
        return self

    def sign(self, name: str, subject_alternative: str = "") -> tuple[Path, Path]:
        """Return certificate and key of a new holder of that common name."""
        request, extensions = self.directory / f"{name}.csr", self.directory / f"{name}.ext"
        certificate, key = self.directory / f"{name}.pem", self._key(name)
        _openssl("req", *_new_key(key), "-subj", f"/CN={name}", "-out", str(request))
        extensions.write_text(f"subjectAltName={subject_alternative or 'DNS:' + name}\n")
        issuer = ("-CA", str(self.certificate), "-CAkey", str(self._key(self.name)), "-CAcreateserial")
        files = ("-in", str(request), "-out", str(certificate), "-extfile", str(extensions))
        _openssl("x509", "-req", "-days", "2", *issuer, *files)
        return certificate, key

    def _key(self, name: str) -> Path:
        return self.directory / f"{name}-key.pem"


def _new_key(path: Path) -> tuple[str, ...]:
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(path)


def _openssl(*argv: str) -> None:
    subprocess.run(["openssl", *argv], check=True, capture_output=True)
