"""The engines a store can run. A new engine is one chart and one entry here.

Standard library only: other programs read this file with `runpy.run_path`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

COUNTRIES = (
    "AD|AE|AF|AG|AI|AL|AM|AO|AR|AS|AT|AU|AW|AX|AZ|BA|BB|BD|BE|BF|BG|BH|BI|BJ|BL|BM|BN|BO|BQ|BR|BS|BT|BW|BY|BZ|CA|CC|CD|"
    "CF|CG|CH|CI|CK|CL|CM|CN|CO|CR|CU|CV|CW|CX|CY|CZ|DE|DJ|DK|DM|DO|DZ|EC|EE|EG|EH|ER|ES|ET|FI|FJ|FK|FM|FO|FR|GA|GB|GD|"
    "GE|GF|GG|GH|GI|GL|GM|GN|GP|GQ|GR|GS|GT|GU|GW|GY|HK|HN|HR|HT|HU|ID|IE|IL|IM|IN|IO|IQ|IR|IS|IT|JE|JM|JO|JP|KE|KG|KH|"
    "KI|KM|KN|KP|KR|KW|KY|KZ|LA|LB|LC|LI|LK|LR|LS|LT|LU|LV|LY|MA|MC|MD|ME|MF|MG|MH|MK|ML|MM|MN|MO|MP|MQ|MR|MS|MT|MU|MV|"
    "MW|MX|MY|MZ|NA|NC|NE|NF|NG|NI|NL|NO|NP|NR|NU|NZ|OM|PA|PE|PF|PG|PH|PK|PL|PM|PN|PR|PS|PT|PW|PY|QA|RE|RO|RS|RU|RW|SA|"
    "SB|SC|SD|SE|SG|SH|SI|SJ|SK|SL|SM|SN|SO|SR|SS|ST|SV|SX|SY|SZ|TC|TD|TF|TG|TH|TJ|TK|TL|TM|TN|TO|TR|TT|TV|TW|TZ|UA|UG|"
    "US|UY|UZ|VA|VC|VE|VG|VI|VN|VU|WF|WS|YE|YT|ZA|ZM|ZW"
)
CURRENCIES = (
    "EUR", "USD", "GBP", "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP",
    "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN",
    "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "VND", "ZAR",
)  # fmt: skip
EMAIL = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,200}[A-Za-z0-9])?"
HOST = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+"


@dataclass(frozen=True)
class Wish:
    """Something that a store's owner may set: a key of the stack's configuration and of the chart's `settings`.

    `kind` is text, choice, boolean ("true" or "false") or list (words with commas between). Values are strings in
    the configuration, also `default`. A text or a word of a list is one of `choices` where there are any, matches
    `pattern` as a whole, and is one of those that the image label `offered` lists; "" is allowed if it is the default.
    """

    name: str
    label: str
    kind: str
    default: str
    help: str
    choices: tuple[str, ...] = ()
    pattern: str = ""
    offered: str = ""


@dataclass(frozen=True)
class Engine:
    """`chart` is a folder in `charts/`; `images` are the images that its values name.

    `title` and `summary` are what a person chooses by. `minimum` is component -> MiB that its containers need
    under load, without which a plan is refused; see the notes beside each figure. It names every component that
    the engine has. `database_ports` are those of the database's pod that web and set-up may reach.
    `wishes` are what an owner may set; `secret_wishes` go into the Secret `store-secrets-settings`, never into
    values, and are no part of any form.
    `login_is_email` says that the administrator logs in with the e-mail address instead of the user name.
    `feature` is the optional part whose version the image label `storefleet.dev/<feature>` tells.
    """

    name: str
    title: str
    summary: str
    minimum: Mapping[str, int]
    chart: str
    database_ports: tuple[int, ...]
    images: tuple[str, ...]
    secret_keys: tuple[str, ...]
    feature: str
    notice_when_absent: str
    wishes: tuple[Wish, ...] = ()
    secret_wishes: tuple[Wish, ...] = ()
    login_is_email: bool = False


WOOCOMMERCE_WISHES = (
    Wish("currency", "Currency", "choice", "EUR", "What prices are in", CURRENCIES),
    Wish("country", "Country", "text", "DE", "Where the shop sells from: two capital letters of ISO 3166, as DE or US",
         pattern=COUNTRIES),
    Wish("samples", "Sample products", "boolean", "true", "A few products to begin with; false takes them away again"),
    Wish("plugins", "Plugins", "list", "", "WordPress plugins of the image to switch on, with commas between",
         pattern="[a-z0-9][a-z0-9_-]{0,63}", offered="storefleet.dev/plugins"),
    Wish("theme", "Theme", "text", "", "WordPress theme of the image; empty keeps the one that is on",
         pattern="[a-z0-9][a-z0-9_-]{0,63}", offered="storefleet.dev/themes"),
    Wish("smtpHost", "Mail server", "text", "", "Host that takes the shop's mail; empty: the shop sends none",
         pattern=HOST),
    Wish("smtpPort", "Mail server's port", "choice", "587", "587 begins TLS after the greeting, 465 at once",
         ("587", "465")),
    Wish("smtpUser", "Mail login", "text", "", "Login at the mail server; its password is the secret smtpPassword",
         pattern=r"[!-~]{1,100}"),
    Wish("mailFrom", "Sender", "text", "", "Address that mails come from; empty: the administrator's", pattern=EMAIL),
    Wish("xmlrpc", "XML-RPC", "boolean", "false", "Old remote interface of WordPress, which few need and many attack"),
)  # fmt: skip


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            name="woocommerce",
            title="WooCommerce",
            summary="A WordPress shop with its own MariaDB; the widest choice of themes and extensions",
            # Measured with eight requests at a time: web 184 MiB, set-up 58 MiB, database 90 MiB.
            minimum={"web": 224, "database": 128, "setup": 128, "cache": 32},
            chart="../charts/woocommerce",
            database_ports=(3306, 6379),  # MariaDB, and the object cache beside it
            images=("wordpress", "mariadb", "valkey"),
            secret_keys=("admin-password", "database-root-password", "database-password", "application-secret"),
            feature="woocommerce",
            notice_when_absent="WooCommerce is not in this image (add it: make fetch-vendor images platform)",
            wishes=WOOCOMMERCE_WISHES,
            secret_wishes=(Wish("smtpPassword", "Mail password", "text", "", "Password at the mail server"),),
        ),
        Engine(
            name="medusa",
            title="Medusa",
            summary="A shop with an API and admin pages of its own on PostgreSQL; for developers",
            # Web: 280 MiB measured, its heap 320 MiB at most; set-up: a migration loads all of Medusa.
            minimum={"web": 512, "database": 128, "setup": 384},
            chart="../charts/medusa",
            database_ports=(5432,),
            images=("medusa", "postgres"),
            secret_keys=("admin-password", "database-password", "application-secret"),
            feature="medusa",
            notice_when_absent="",
            login_is_email=True,
        ),
    )
}
