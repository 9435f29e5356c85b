"""Signing in and out, switching the capacity one acts in, display choices."""

from flask import Blueprint

bp = Blueprint("account", __name__)
