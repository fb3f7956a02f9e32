"""What holds for every test: which may run at the same time (`--dist loadgroup`), and that none asserts a time."""

import pytest
from hypothesis import HealthCheck, settings

# How long an example may take says how busy the machine is, and nothing of the code.
settings.register_profile("no times", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no times")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay together, since they share what they set up; a group that a test names itself wins.

    The group `stores` makes stores on the one platform of the cluster, and changes that; `browser` drives browsers.
    """
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.name))
