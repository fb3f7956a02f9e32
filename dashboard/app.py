"""The web process put together: routes, guardrails, and what runs beside them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from dashboard import problems
from dashboard.api import API_DESCRIPTION, api_routes
from dashboard.csrf import BrowserCookie
from dashboard.guardrails import BodyGuard, HostAllowList, SameSite, SealedOnly, SecurityHeaders, allowed_hosts
from dashboard.health import health_routes
from dashboard.password import OperatorPassword
from dashboard.services import Services
from dashboard.settings import Settings
from dashboard.throttle import Throttle


def create_app(
    settings: Settings,
    services: Services,
    pages: Sequence[APIRouter] = (),
    error_page: problems.ErrorPage = problems.plain_page,
) -> FastAPI:
    """The ASGI application; opens no port and no database of its own.

    Starts `services.broadcast` with its lifespan and closes it at its end.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with services.broadcast.running():
            yield

    app = FastAPI(
        title="storefleet",
        version="1",
        description=API_DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,  # both would load scripts from a CDN
        redoc_url=None,
        middleware=_guardrails(settings),
    )
    problems.install(app, error_page)
    for router in (health_routes(services), api_routes(services), *pages):
        app.include_router(router)
    return app


def _guardrails(settings: Settings) -> list[Middleware]:
    public = urlsplit(settings.public_url)
    is_secure = public.scheme == "https"
    return [
        Middleware(SecurityHeaders, strict_transport=is_secure),
        Middleware(BrowserCookie, secure=is_secure),
        Middleware(HostAllowList, hosts=allowed_hosts(settings.host, settings.public_url)),
        *([Middleware(SealedOnly, port=public.port)] if is_secure else []),
        Middleware(
            OperatorPassword,
            password=settings.operator_password.get_secret_value(),
            proxies=settings.proxies,
            throttle=Throttle(),
        ),
        Middleware(SameSite, public_host=public.netloc.lower()),
        Middleware(BodyGuard),
    ]
