"""The words of the e-mails that carry links: who it concerns, what to do, until when, and whom to call."""

from dataclasses import dataclass

from flask import current_app

from config import Settings

SITE = "婺学 · 金华市技能人才继续教育平台"
_FOOT = "\n\n本邮件由系统发出，请勿直接回复。如果不是您本人的事项，请忽略本邮件。\n{site}　服务电话 {phone}\n"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Subject and body of one e-mail."""

    subject: str
    body: str


def address_of(path: str) -> str:
    """The full address of a path of this site, from its settings and never from a request's Host header."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url + path


def _letter(subject: str, *paragraphs: str) -> Letter:
    foot = _FOOT.format(site=SITE, phone=current_app.config["SITE"]["phone"])
    return Letter(subject=subject, body="\n\n".join(paragraphs) + foot)


def activation(name: str, capacity: str, link: str) -> Letter:
    """An account was made for somebody; the link lets the person take it over."""
    return _letter(
        "请启用您的账号",
        f"{name}，您好：",
        f"已为您开通账号，身份是“{capacity}”。请在 72 小时内打开下面的链接，设置自己的密码并填写姓名和证件号码：",
        link,
        "链接只能使用一次，请勿转发。办件须由两人分别经办和审核，因此每人只能启用自己的账号。",
    )


def joined(name: str, capacity: str) -> Letter:
    """An account that is in use already may now act in one more capacity."""
    return _letter(
        "您的账号增加了一个身份",
        f"{name}，您好：",
        f"您的账号增加了身份“{capacity}”。用原来的密码登录后，可在页面右上角切换身份。",
        address_of("/sign-in"),
    )


def log_head(day: str, note: str, key: str) -> Letter:
    """The signed head of the public log, for a witness to keep."""
    return _letter(
        f"公开日志的日志头：{day}",
        "您好：",
        f"这是{day}结束时公开日志的签名日志头。请原样保存；日后可用它证明此前的证明和学分账没有被改动。",
        note.rstrip("\n"),
        f"公钥：{key}",
        f"日志和核对办法：{address_of('/log')}",
    )


def reset(name: str, link: str) -> Letter:
    """Somebody asked for a new password."""
    return _letter(
        "重设密码",
        f"{name}，您好：",
        "请在 2 小时内打开下面的链接设置新密码。设置后，已登录的设备都会退出：",
        link,
        "如果不是您本人申请，请忽略本邮件，密码不会改变。",
    )


def registration_received(name: str, number: str, due: str, link: str) -> Letter:
    """An employer's registration arrived; the link is the applicant's own way to it."""
    return _letter(
        f"注册申请已提交（{number}）",
        f"{name}：",
        f"注册申请已提交，受理编号 {number}，人力社保部门将在 {due} 前办理。",
        "请保存下面的专用链接，可随时查看进度；如需补正或撤回，也从这里办理：",
        link,
    )


def registration_moved(name: str, number: str, what: str, remark: str | None, link: str) -> Letter:
    """The bureau decided on a registration, or sent it back."""
    reason = [f"理由：{remark}"] if remark else []
    return _letter(
        f"注册申请有新进展（{number}）", f"{name}：", f"注册申请 {number}：{what}。", *reason, "查看和办理：", link
    )


def registration_waits(number: str, when: str, link: str) -> Letter:
    """A registration that was sent back has not been corrected, and its deadline is near."""
    return _letter(
        f"请尽快补正注册申请（{number}）",
        "您好：",
        f"注册申请 {number} 待补正，{when}。请打开下面的专用链接，按补正告知修改后重新提交：",
        link,
    )


def confirm_service(name: str, organizer: str, title: str, link: str) -> Letter:
    """The beneficiary of a service is asked how many hours it took."""
    return _letter(
        "请确认志愿服务时间",
        f"{name}，您好：",
        f"{organizer}的志愿服务“{title}”已结束。请打开下面的链接，核对并确认服务时间：",
        link,
        "链接 14 天内有效，只能使用一次，请勿转发。",
    )


def confirm_day_log(name: str, organizer: str, title: str, link: str) -> Letter:
    """A mentor is asked whether the log of days is true."""
    return _letter(
        "请确认带教日志",
        f"{name}，您好：",
        f"您在{organizer}“{title}”中担任带教师傅。请打开下面的链接，核对带教日志并确认：",
        link,
        "链接 14 天内有效，只能使用一次，请勿转发。",
    )
