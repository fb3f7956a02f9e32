"""What a change of this checkout would do to the platform and to every store; changes nothing.

Uses the dashboard's engine and its knowledge of Pulumi's backends; nothing imports this package.
"""
