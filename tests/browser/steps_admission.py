"""Steps 1 and 2: the bureau admits the employer, and its clerk imports the staff list."""

import io
import re

from openpyxl import load_workbook

from tests.browser.journey import CLERK, CLERK_MAIL, OFFICER, Journey, activate
from tests.browser.visitor import Visitor


def make_officer(journey: Journey) -> Visitor:
    """The first official of a county gets a link from whoever runs the site."""
    said = journey.site.flask(
        *("accounts", "invite", "--role", "county_officer", "--region", "330784"),
        *("--name", OFFICER, "--email", "hujianguo@yongkang.example"),
    )
    officer = journey.visit("officer")
    activate(officer, said, name=OFFICER, born="19780101")
    officer.on("待办")
    officer.sees("没有待办")
    return officer


def register_employer(journey: Journey, officer: Visitor) -> Visitor:
    """The employer asks, the officer admits it, and the clerk follows the link of the mail."""
    clerk = journey.visit("clerk")
    clerk.go("/")
    clerk.follow("单位注册")
    clerk.on("用人单位注册")
    clerk.press("下一步：核对")
    clerk.sees("提交的内容有误", "请填写单位名称")
    clerk.fill(
        {
            "统一社会信用代码": journey.files.uscc,
            "单位名称": journey.files.name,
            "所在县（市、区）": "永康市",
            "单位地址": "永康市经济开发区金山西路 88 号",
            "经办人姓名": CLERK,
            "联系电话": "13867890123",
            "电子邮箱": CLERK_MAIL,
        }
    )
    clerk.attach("营业执照或登记证书", journey.files.photos[0])
    clerk.tick("本单位承诺")
    clerk.press("下一步：核对")
    clerk.on("核对后提交")
    clerk.sees(journey.files.uscc, journey.files.name, CLERK, CLERK_MAIL)
    clerk.press("确认提交")
    clerk.on("注册申请已提交")
    clerk.sees(re.compile(r"承诺在 2026年9月\d+日 前办结"))
    clerk.follow("查看办理进度")
    clerk.sees("待审核")

    officer.go("/bureau")
    officer.follow(journey.files.name)
    officer.sees(journey.files.uscc, "登记管理部门：市场监管")
    officer.press("审核通过", confirm=True)
    officer.sees("已通过")

    activate(clerk, journey.letter_to(CLERK_MAIL), name=CLERK, born="19850315")
    clerk.on("待办")
    clerk.sees("三步准备好")
    return clerk


def import_staff(journey: Journey, clerk: Visitor) -> None:
    """Preview, confirm, register; the same file again changes nothing; a messy one shows every error."""
    everybody = journey.files.headcount
    clerk.follow("职工名册")
    clerk.sees("名册还是空的")
    clerk.follow("导入花名册")
    clerk.press("上传并检查")
    clerk.sees("提交的内容有误")
    _upload(clerk, journey.files.staff, f"全部 {everybody} 行检查无误")
    clerk.press(f"导入 {everybody} 行")
    clerk.await_text(f"已导入：新增 {everybody} 行")
    clerk.follow("查看名册")
    clerk.sees(f"共 {everybody} 条")

    clerk.follow("导入花名册")
    _upload(clerk, journey.files.staff, "没有需要导入的变化")

    clerk.go("/staff/import")
    wrong = {row for row, outcome in journey.files.messy_outcomes.items() if outcome == "reject"}
    _upload(clerk, journey.files.messy_staff, f"{len(wrong)} 行有误")
    clerk.sees(f"导入 {len(journey.files.messy_outcomes) - len(wrong)} 行")
    assert {int(row["行号"]) for row in clerk.rows()} == wrong
    assert all(len(row["说明"]) > 4 for row in clerk.rows())
    # One has no name in the file either, and of one it is a formula.
    assert [row["姓名"] for row in clerk.rows()].count("—") == 2
    marked = load_workbook(io.BytesIO(clerk.download("下载标注了错误的文件"))).active
    assert "错误说明" in {str(cell.value) for row in marked.iter_rows(max_row=3) for cell in row}
    clerk.go("/staff")
    clerk.sees(f"共 {everybody} 条")


def _upload(clerk: Visitor, file: object, outcome: str) -> None:
    clerk.on("导入花名册")
    clerk.attach("职工花名册", file)
    clerk.press("上传并检查")
    clerk.await_text(outcome)
