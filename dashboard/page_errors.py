"""What a person sees when something is refused or fails: the same page for each, in plain words."""

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from dashboard.page_assets import make_templates, read_assets
from dashboard.problems import ErrorPage, Problem

TITLES = {
    401: "This dashboard is locked",
    403: "That was not allowed",
    404: "Nothing here",
    429: "The queue is full",
    500: "Something went wrong on our side",
    503: "The dashboard cannot answer right now",
}
REASONS = {"gone": "Deleted", "guessing": "Too many wrong passwords"}
"""Titles of problems whose status says something else most of the time."""
# Flags with a meaning of their own: X "stop what you intend", D "keep clear", N "no", Q "quarantine",
# V "I require assistance", U "you are running into danger".
FLAGS = {401: "q", 403: "x", 404: "n", 500: "v", 503: "d"}


def error_pages() -> ErrorPage:
    """A renderer for `create_app`. Asks no database, so it works while that is away."""
    templates = make_templates(read_assets())

    def page(_: Request, problem: Problem) -> Response:
        return render(templates, problem)

    return page


def render(templates: jinja2.Environment, problem: Problem) -> HTMLResponse:
    """The page of `problem`; a store that was deleted is told as such, not as a mistake."""
    gone = problem.reason == "gone"
    text = templates.get_template("error.html").render(
        status="" if gone else problem.status,
        title=REASONS.get(problem.reason) or TITLES.get(problem.status, problem.title),
        message=problem.message,
        cure=problem.cure,
        fields=problem.fields,
        letter=FLAGS.get(problem.status, "u"),
    )
    return HTMLResponse(text, problem.status)
