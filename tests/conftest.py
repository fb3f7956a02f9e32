"""Which tests may run at the same time, when several processes run them (`--dist loadgroup`)."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay together, since they share what they set up; a group that a test names itself wins.

    The group `stores` makes stores on the one platform of the cluster, and changes that; `browser` drives browsers.
    """
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.name))
