"""Pages: a package per audience, a module per noun; each view finds, checks the form, acts and goes."""

from views.account import session
from views.public import pages

BLUEPRINTS = (pages.bp, session.bp)
