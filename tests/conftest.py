"""Settings that every test shares."""

from hypothesis import settings

from support.soak import SOAK

# No deadline for one case: the machine may be busy.
settings.register_profile("sample", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=10_000)
settings.load_profile("soak" if SOAK else "sample")
