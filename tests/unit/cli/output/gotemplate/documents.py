"""A policy for templates to be about."""

from __future__ import annotations

from typing import Any

POLICY: dict[str, Any] = {
    "kind": "NetworkPolicy",
    "apiVersion": "projectcalico.org/v3",
    "metadata": {"name": "db", "namespace": "shop", "labels": {"team": "a", "app": "db"}},
    "spec": {
        "tier": "default",
        "order": 1000000,
        "selector": "color == 'red'",
        "types": ["Ingress"],
        "ingress": [{"action": "Allow", "source": {"nets": ["10.0.0.0/8"]}, "destination": {}}],
    },
}
