from setuptools import setup

PLUGIN_NAME = "shapely"

microlib_name = f"flytekitplugins-contrib-{PLUGIN_NAME}"

plugin_requires = ["flytekit>=1.16,<2", "shapely>=2.1,<3"]

__version__ = "0.0.0+develop"

setup(
    name=microlib_name,
    version=__version__,
    author="octocat",
    maintainer="octocat",
    description="Pass Shapely geometries between Flyte tasks and draw them in decks.",
    long_description=open("README.md", encoding="utf-8").read(),
    long_description_content_type="text/markdown",
    url="https://commonhold.readthedocs.io/en/latest/",
    license="Apache-2.0",
    license_files=["LICENSE"],
    keywords=["flyte", "flytekit", "geometry", PLUGIN_NAME],
    # Neither `flytekitplugins` nor `flytekitplugins.contrib`: they are PEP 420 namespaces of all plugins.
    packages=[f"flytekitplugins.contrib.{PLUGIN_NAME}"],
    package_data={f"flytekitplugins.contrib.{PLUGIN_NAME}": ["py.typed"]},
    install_requires=plugin_requires,
    extras_require={"deck": ["flytekitplugins-jinja2"]},
    python_requires=">=3.10",
    classifiers=[
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Topic :: Scientific/Engineering :: GIS",
        "Topic :: Software Development :: Libraries :: Python Modules",
        "Typing :: Typed",
    ],
    entry_points={"flytekit.plugins": [f"contrib-{PLUGIN_NAME}=flytekitplugins.contrib.{PLUGIN_NAME}"]},
)
