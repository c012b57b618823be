"""Requires the extra ``sklearn``: importing this names it where scikit-learn is missing."""

from ..extras import import_extra

import_extra("sklearn", "sklearn", "chainrule.estimators")
