"""What the macros of templates/macros write: names for screen readers, kept query strings, no stranger's address."""

import json
import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template, render_template_string
from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    Form,
    FormField,
    PasswordField,
    RadioField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput

from tests.house.sources import TEMPLATES
from views.filters import FILTERS

Render = Callable[..., str]


class Line(Form):
    hours = StringField("学时", validators=[DataRequired("请填写学时")])


class Example(Form):
    title = StringField("培训名称", description="写明工种和内容", validators=[DataRequired("请填写培训名称")])
    mode = RadioField(
        "脱产方式",
        choices=[SelectChoice("full", "脱产"), SelectChoice("off", "业余")],
        validators=[InputRequired("请选择脱产方式")],
    )
    days = SelectMultipleField("时段", choices=[SelectChoice("am", "上午")], option_widget=CheckboxInput())
    plan = FileField("方案")
    password = PasswordField("密码")
    agree = BooleanField("我承诺", validators=[DataRequired("请勾选承诺")])
    lines = FieldList(FormField(Line), min_entries=2)


def bare_site() -> Flask:
    """The templates alone, without the application and its database."""
    site = Flask("templates", template_folder=str(TEMPLATES))
    site.config["SECRET_KEY"] = "only for these tests"
    site.add_url_rule("/lottery", "lottery.index", lambda: "")
    site.add_url_rule("/log", "log.index", lambda: "")
    site.jinja_env.globals.update(asset=lambda path: f"/static/{path}?v=1", csrf_token=lambda: "a-token")
    site.jinja_env.filters.update(FILTERS)
    return site


@pytest.fixture
def render() -> Render:
    """Render a template text at an address."""
    site = bare_site()

    def write(text: str, url: str = "/", **context: Any) -> str:
        with site.test_request_context(url):
            return render_template_string(text, **context)

    return write


@pytest.fixture
def frame() -> Render:
    """Render a page that extends the frame, as one browser's cookies and account would see it."""
    site = bare_site()
    settings = {"site_name": "婺学 · 平台", "organiser": "主办", "phone": "12333", "icp": ""}

    def write(cookies: str = "", viewer: object | None = None, template: str | None = None, **context: Any) -> str:
        page = "{% extends 'layouts/base.html' %}{% block title %}页{% endblock %}"
        page += "{% block content %}{{ message }}|{{ icon }}|{{ theme }}{% endblock %}"
        values = {"viewer": viewer, "nav": [], "settings": settings, "demo_clock": None, **context}
        with site.test_request_context("/x", headers={"Cookie": cookies}):
            return render_template(template, **values) if template else render_template_string(page, **values)

    return write


def refused() -> Example:
    form = Example(data={})
    form.validate()
    return form


FIELD = "{% from 'macros/forms.html' import field %}"


def test_a_refused_field_is_described_by_its_hint_and_its_error(render: Render) -> None:
    page = render(FIELD + "{{ field(form.title, autocomplete='off') }}", form=refused())
    assert 'aria-describedby="title-hint title-error"' in page
    assert 'aria-invalid="true"' in page
    assert 'autocomplete="off"' in page
    assert re.search(r'id="title-error">.*错误：</strong>请填写培训名称', page, re.DOTALL)
    assert 'for="title"' in page


def test_a_sound_field_says_nothing_of_errors(render: Render) -> None:
    page = render(FIELD + "{{ field(form.title) }}", form=Example())
    assert "aria-invalid" not in page
    assert "错误" not in page


def test_several_inputs_stand_in_a_fieldset_named_by_a_legend(render: Render) -> None:
    page = render(FIELD + "{{ field(form.mode) }}{{ field(form.days) }}", form=refused())
    assert page.count("<fieldset") == page.count("<legend>") == 2
    assert page.count('type="radio"') == 2
    assert page.count('type="checkbox"') == 1


def test_a_password_may_be_pasted_and_shown(render: Render) -> None:
    page = render(FIELD + "{{ field(form.password, toggle=true, autocomplete='current-password') }}", form=Example())
    assert 'data-show-password="password"' in page
    assert 'autocomplete="current-password"' in page


def test_the_limits_of_a_file_are_said_with_its_input(render: Render) -> None:
    page = render(FIELD + "{{ field(form.plan, limits='不超过 20 MB', accept='.pdf') }}", form=Example())
    assert 'aria-describedby="plan-limits"' in page
    assert 'accept=".pdf"' in page


def test_every_link_of_the_summary_leads_to_an_input_of_the_page(render: Render) -> None:
    form = refused()
    form.form_errors.append("两项不能相同")
    page = render(
        "{% from 'macros/forms.html' import field, form_frame %}{% call form_frame(form, '/x') %}"
        "{% for each in form if each.type != 'FieldList' %}{{ field(each) }}{% endfor %}"
        "{% for line in form.lines %}{{ field(line.form.hours) }}{% endfor %}{% endcall %}",
        form=form,
    )
    links = re.findall(r'<a href="#([^"]+)">', page)
    assert links == ["title", "mode-0", "agree", "lines-0-hours", "lines-1-hours"]
    assert all(f'id="{link}"' in page for link in links)
    assert "<li>两项不能相同</li>" in page
    assert "data-focus" in page


def test_a_form_carries_the_token_and_guards_against_a_second_click(render: Render) -> None:
    page = render(
        "{% from 'macros/forms.html' import form_frame %}{% call form_frame(form, '/x', upload=true) %}{% endcall %}",
        form=Example(),
    )
    assert '<input type="hidden" name="csrf_token" value="a-token">' in page
    assert 'enctype="multipart/form-data"' in page
    assert "data-once" in page


def test_what_people_typed_is_escaped(render: Render) -> None:
    page = render(
        FIELD + "{% from 'macros/page.html' import summary_list, badge %}"
        "{{ field(form.title) }}{{ summary_list([{'label': '名称', 'value': bad}]) }}{{ badge(bad) }}",
        form=Example(data={"title": '"><b>'}),
        bad="<b>x</b>",
    )
    assert "<b>" not in page


PAGER = "{% from 'macros/page.html' import pagination, sort_header %}"


def page_of(number: int, pages: int) -> SimpleNamespace:
    return SimpleNamespace(
        page=number, pages=pages, total=50, has_prev=number > 1, has_next=number < pages,
        iter_pages=lambda **_: range(1, pages + 1),
    )  # fmt: skip


def test_turning_the_page_keeps_the_filters(render: Render) -> None:
    page = render(PAGER + "{{ pagination(p) }}", url="/list?q=数控&state=a&state=b&page=2", p=page_of(2, 3))
    assert 'rel="next" href="/list?q=%E6%95%B0%E6%8E%A7&amp;state=a&amp;state=b&amp;page=3"' in page
    assert page.count("page=2") == 1


def test_a_strangers_query_does_not_choose_the_address(render: Render) -> None:
    page = render(PAGER + "{{ pagination(p) }}", url="/list?_external=1&_scheme=javascript", p=page_of(1, 2))
    assert all(link.startswith("/list?") for link in re.findall(r'href="([^"]+)"', page))


def test_one_page_has_no_links(render: Render) -> None:
    assert "<a " not in render(PAGER + "{{ pagination(p) }}", p=page_of(1, 1))


def test_sorting_goes_up_then_down_then_up(render: Render) -> None:
    text = PAGER + "{{ sort_header('姓名', 'name', current, down) }}"
    assert "down=&amp;" in render(text, current="born", down=False)
    assert "down=1" in render(text, current="name", down=False)
    assert "down=&amp;" in render(text, current="name", down=True)


@pytest.mark.parametrize(
    ("left", "paused", "words"),
    [(-3, False, "超期 3 个工作日"), (0, False, "今日到期"), (2, False, "剩余 2 个工作日"), (2, True, "计时暂停")],
)
def test_a_deadline_is_said_in_words(render: Render, left: int, paused: bool, words: str) -> None:
    text = "{% from 'macros/page.html' import deadline %}{{ deadline(due, left, paused) }}"
    assert words in render(text, due=date(2026, 6, 8), left=left, paused=paused)


def test_a_deadline_of_a_year_not_announced_says_so(render: Render) -> None:
    text = "{% from 'macros/page.html' import deadline %}{{ deadline(due, 9, provisional=provisional) }}"
    assert "2027年1月12日 前（推算）" in render(text, due=date(2027, 1, 12), provisional=True)
    assert "推算" not in render(text, due=date(2027, 1, 12), provisional=False)


@pytest.mark.parametrize(("earned", "words"), [(0, "还差 60"), (425, "还差 17.5"), (600, "已达标"), (900, "已达标")])
def test_a_bar_says_its_figures_and_stays_in_its_frame(render: Render, earned: int, words: str) -> None:
    page = render("{% from 'macros/charts.html' import progress_bar %}{{ progress_bar('总学分', e, 600) }}", e=earned)
    assert words in page
    assert "<title>" in page
    assert all(0 <= float(share) <= 100 for share in re.findall(r'(?:width|x)="([\d.]+)%"', page))


def test_charts_of_nothing_are_drawn(render: Render) -> None:
    page = render(
        "{% from 'macros/charts.html' import ring, share_bar %}{{ ring('总', 0, 0) }}{{ share_bar('人数', 0, 0) }}"
    )
    assert page.count("<svg") >= 2


@pytest.mark.parametrize(("state", "polls"), [("queued", True), ("running", True), ("done", False), ("failed", False)])
def test_progress_polls_until_the_job_has_ended(render: Render, state: str, polls: bool) -> None:
    job = SimpleNamespace(id=7, state=state, done=3, total=9, message="")
    page = render("{% include 'shared/_job_progress.html' %}", job=job, job_url="/jobs/7", title="导入")
    assert ("hx-trigger" in page) is polls
    assert ("<progress" in page) is polls


def test_htmx_is_configured_as_decided(frame: Render) -> None:
    found = re.search(r"name=\"htmx-config\" content='([^']+)'", frame())
    assert found is not None
    config = json.loads(found[1])
    assert {name: config[name] for name in ("allowEval", "allowScriptTags", "selfRequestsOnly")} == {
        "allowEval": False, "allowScriptTags": False, "selfRequestsOnly": True,
    }  # fmt: skip
    assert (config["historyCacheSize"], config["refreshOnHistoryMiss"]) == (0, True)
    assert config["historyRestoreAsHxRequest"] is False
    assert [rule["swap"] for rule in config["responseHandling"]] == [False, True, True, False]


def test_a_page_for_anybody_does_not_ask_for_a_token(frame: Render) -> None:
    assert "a-token" not in frame()


def test_the_frame_leaves_the_names_of_the_page_alone(frame: Render) -> None:
    assert "M|I|T" in frame(message="M", icon="I", theme="T")


def test_the_display_choices_are_kept_in_cookies(frame: Render) -> None:
    assert 'data-bs-theme="dark"' in frame("theme=dark")
    assert 'class="no-js large"' in frame("large=1")
    assert 'data-theme="auto"' in frame("theme=%22%3E%3Cb%3E")


def test_an_account_sees_its_name_and_may_switch_and_leave(frame: Render) -> None:
    memberships = [
        SimpleNamespace(id=1, label="经办人", current=True),
        SimpleNamespace(id=2, label="本人", current=False),
    ]
    viewer = SimpleNamespace(
        display_name="陈建华", membership_label="经办人", memberships=memberships, unread_notices=120
    )  # fmt: skip
    page = frame(viewer=viewer)
    assert 'hx-headers=\'{"X-CSRFToken": "a-token"}\'' in page
    assert 'name="membership_id" value="2"' in page
    assert 'action="/sign-out"' in page
    assert "99+" in page


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 413, 422, 429, 500, 503])
def test_an_error_page_says_what_to_do_and_its_number(frame: Render, code: int) -> None:
    page = frame(template="errors/error.html", code=code, message=None, request_number="8F3A21C0")
    assert "8F3A21C0" in page
    assert page.count("<h1>") == 1
    assert re.search(r'class="lead">[^<]{10,}', page)


def test_an_error_uses_the_sentence_it_is_given(frame: Render) -> None:
    page = frame(template="errors/_message.html", code=409, message="已由他人办理", request_number="8F3A21C0")
    assert "已由他人办理" in page
    assert "8F3A21C0" not in page
