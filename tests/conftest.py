"""Settings that every test shares."""

from hypothesis import settings

# A sample in `make test`, where the machine may be busy; many more in `make soak`.
settings.register_profile("default", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=10_000)
settings.load_profile("default")
