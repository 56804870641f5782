"""What flows from a datastore to the engine."""

from __future__ import annotations

from dataclasses import dataclass

from tortie.model.automatic import KubeControllersConfiguration
from tortie.model.configuration import FelixConfiguration
from tortie.model.endpoint import HostEndpoint, WorkloadEndpoint
from tortie.model.key import Key
from tortie.model.network import BGPConfiguration, IPPool
from tortie.model.networkset import NetworkSet
from tortie.model.node import ClusterInformation, Node
from tortie.model.policy import Policy
from tortie.model.profile import Profile
from tortie.model.service import EndpointSlice, Service
from tortie.model.tier import Tier

__all__ = ["Resource", "Update"]

Resource = (
    Policy
    | Profile
    | Tier
    | WorkloadEndpoint
    | HostEndpoint
    | NetworkSet
    | Service
    | EndpointSlice
    | FelixConfiguration
    | Node
    | ClusterInformation
    | IPPool
    | BGPConfiguration
    | KubeControllersConfiguration
)


@dataclass(frozen=True, slots=True)
class Update:
    """The newest value of a stored resource, or None where it is gone or cannot be understood.

    `key` is the key it is stored under: a Pod's own key for the workload endpoint made of it, a Namespace's for
    the profile. The last update of a key is all that counts.
    """

    key: Key
    value: Resource | None
