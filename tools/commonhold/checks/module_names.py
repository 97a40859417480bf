"""List the modules of well-known distributions, because a module and its distribution can have different names."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

from commonhold.projects.names import Name, normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

# A line for each distribution, or for distributions that contain the same modules: "distributions: modules". A
# distribution after "=" has only a module with its own name.
_KNOWN = """
attrs: attr attrs
azure-core: azure.core
azure-identity: azure.identity
beautifulsoup4: bs4
boto3: boto3
botocore: botocore
docker: docker
elasticsearch: elasticsearch
faiss-cpu faiss-gpu: faiss
google-api-core: google.api_core google.api
google-api-python-client: googleapiclient apiclient
google-auth: google.auth google.oauth2
google-auth-oauthlib: google_auth_oauthlib
google-cloud-aiplatform: google.cloud.aiplatform google.cloud.aiplatform_v1 google.cloud.aiplatform_v1beta1 vertexai
google-cloud-bigquery: google.cloud.bigquery
google-cloud-bigquery-storage: google.cloud.bigquery_storage google.cloud.bigquery_storage_v1
google-cloud-pubsub: google.cloud.pubsub google.cloud.pubsub_v1 google.pubsub google.pubsub_v1
google-cloud-secret-manager: google.cloud.secretmanager google.cloud.secretmanager_v1
google-cloud-storage: google.cloud.storage
google-genai: google.genai
google-generativeai: google.generativeai
googleapis-common-protos: google.rpc google.api google.logging google.type google.longrunning
grpcio: grpc
grpcio-health-checking: grpc_health
grpcio-reflection: grpc_reflection
grpcio-status: grpc_status
grpcio-tools: grpc_tools
importlib-metadata: importlib_metadata
ipython: IPython
jinja2: jinja2
markupsafe: markupsafe
msgpack msgpack-python: msgpack
mysqlclient: MySQLdb
opencv-python opencv-python-headless opencv-contrib-python opencv-contrib-python-headless: cv2
opentelemetry-api: opentelemetry.trace opentelemetry.context opentelemetry.metrics opentelemetry.baggage
opentelemetry-api: opentelemetry.propagate opentelemetry.propagators opentelemetry.version opentelemetry.util
opentelemetry-exporter-otlp-proto-common: opentelemetry.exporter.otlp.proto.common
opentelemetry-exporter-otlp-proto-grpc opentelemetry-exporter-otlp: opentelemetry.exporter.otlp.proto.grpc
opentelemetry-exporter-otlp-proto-http opentelemetry-exporter-otlp: opentelemetry.exporter.otlp.proto.http
opentelemetry-proto: opentelemetry.proto
opentelemetry-sdk: opentelemetry.sdk
opentelemetry-semantic-conventions: opentelemetry.semconv
opentelemetry-semantic-conventions-ai: opentelemetry.semconv_ai
pillow pillow-simd: PIL
protobuf: google.protobuf google._upb
psycopg2 psycopg2-binary: psycopg2
psycopg psycopg-binary: psycopg
pycryptodome: Crypto
pycryptodomex: Cryptodome
pydantic: pydantic
pydantic-settings: pydantic_settings
pyelasticsearch: pyelasticsearch
pygithub: github
pygments: pygments
pyjwt: jwt
pymupdf: fitz pymupdf
pynacl: nacl
pyopenssl: OpenSSL
pyserial: serial
pypdf: pypdf
python-dateutil: dateutil
python-docx: docx
python-dotenv: dotenv
python-frontmatter: frontmatter
python-gitlab: gitlab
python-jose: jose
python-json-logger: pythonjsonlogger
python-keycloak: keycloak
python-magic: magic
python-multipart: multipart python_multipart
python-pptx: pptx
python-slugify: slugify
pytorch-lightning: pytorch_lightning
lightning: lightning
pywin32: win32api win32con win32gui pythoncom pywintypes
pyyaml: yaml _yaml
pyzmq: zmq
gitpython: git
git-python: git
ruamel-yaml: ruamel.yaml
scikit-image: skimage
scikit-learn: sklearn
sentry-sdk: sentry_sdk
setuptools: setuptools pkg_resources _distutils_hack
snowflake-connector-python: snowflake.connector
snowflake-snowpark-python: snowflake.snowpark
sqlalchemy: sqlalchemy
tensorflow tensorflow-cpu tensorflow-macos tensorflow-intel tf-nightly: tensorflow
torch pytorch: torch functorch torchgen
typing-extensions: typing_extensions
umap-learn: umap
websocket-client: websocket
werkzeug: werkzeug
zstandard: zstandard
= aiobotocore aiofiles aiohttp altair anthropic anyio asyncpg bleach cachetools celery certifi chardet
= chromadb click cloudpickle cohere colorama croniter cryptography cycler dask databricks-sdk datasets
= deltalake diskcache distributed django duckdb fastapi filelock flask flyteidl flytekit fsspec gcsfs gevent
= great-expectations greenlet groq gunicorn h2 h5py httpcore httpx huggingface-hub hypothesis idna imageio isodate
= itsdangerous joblib jsonpickle jsonschema keras kubernetes langchain langchain-core langchain-community langgraph
= lightgbm litellm llama-index loguru lxml mako mashumaro matplotlib mistralai mlflow more-itertools mypy-extensions
= nest-asyncio networkx nltk numba numpy ollama onnx onnxruntime openai openpyxl optuna orjson packaging pandas pandera
= papermill paramiko pendulum plotly pluggy polars prometheus-client psutil pyarrow pyasn1 pycparser pymilvus pymongo
= pymysql pyparsing pyspark pytest pytz qdrant-client ray redis regex requests requests-toolbelt rich s3fs safetensors
= scipy seaborn sentence-transformers shapely simplejson six sniffio spacy starlette structlog sympy tabulate tenacity
= termcolor tiktoken tokenizers toml tomli tomlkit toolz toposort tornado torchaudio torchvision tqdm transformers typer
= tzdata ujson urllib3 uvicorn uvloop wandb watchfiles weaviate websockets whylogs wrapt xarray xgboost xmltodict yarl
"""

_OTHER_VERSIONS = frozenset(
    {
        # Modules that some supported Python has, but not every one.
        *("asynchat", "asyncore", "binhex", "distutils", "formatter", "imp", "parser", "smtpd", "symbol"),
        *(
            "aifc",
            "audioop",
            "cgi",
            "cgitb",
            "chunk",
            "crypt",
            "imghdr",
            "lib2to3",
            "mailcap",
            "msilib",
            "nis",
            "nntplib",
        ),
        *("ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"),
        *("annotationlib", "compression", "concurrent", "string", "tomllib", "zoneinfo", "graphlib", "_typeshed"),
        *("winreg", "winsound", "msvcrt", "_winapi", "nt"),
    }
)


def is_standard_library(module: str) -> bool:
    """Return whether some version of Python contains a module, so that no distribution is needed for it."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in _OTHER_VERSIONS


@cache
def modules_of(distribution: Name) -> tuple[str, ...]:
    """Return the modules of a well-known distribution; empty if the distribution is unknown."""
    return _by_distribution().get(distribution, ())


@cache
def distributions_of(module: str) -> tuple[Name, ...]:
    """Return the well-known distributions that contain a module; empty if none is known.

    >>> distributions_of("google.cloud.storage.Blob"), distributions_of("PIL")
    (('google-cloud-storage',), ('pillow', 'pillow-simd'))
    """
    return next((_by_module()[name] for name in prefixes(module) if name in _by_module()), ())


def prefixes(module: str) -> Iterator[str]:
    """Yield a dotted name and the names of the packages that contain it.

    >>> list(prefixes("google.cloud.storage"))
    ['google.cloud.storage', 'google.cloud', 'google']
    """
    while module:
        yield module
        module = module.rpartition(".")[0]


def is_named_like(distribution: Name, module: str) -> bool:
    """Return whether a module, or a package that contains it, has the name of a distribution.

    >>> is_named_like("google-cloud-storage", "google.cloud.storage.Blob"), is_named_like("google", "googlex")
    (True, False)
    """
    return any(normalize(name) == distribution for name in prefixes(module))


@cache
def _by_distribution() -> dict[Name, tuple[str, ...]]:
    found: dict[Name, tuple[str, ...]] = {}
    for line in _KNOWN.strip().splitlines():
        if line.startswith("= "):
            found.update({normalize(name): (name.replace("-", "_"),) for name in line[2:].split()})
        else:
            names, _, modules = line.partition(":")
            for name in map(normalize, names.split()):
                found[name] = (*found.get(name, ()), *modules.split())
    return found


@cache
def _by_module() -> dict[str, tuple[Name, ...]]:
    found: dict[str, tuple[Name, ...]] = {}
    for name, modules in _by_distribution().items():
        for module in modules:
            found[module] = (*found.get(module, ()), name)
    return found
