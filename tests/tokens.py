"""A real PKCS#11 token for tests: SoftHSM, in a folder of its own, with a key and a certificate put into it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, CertificateType, ObjectClass

from config import TokenSettings

LABEL, KEY, NUMBER, PIN = "office", "seal 2026", "0a", "74120"
_SO_PIN = "98765432"
_PLACES = ("/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib/aarch64-linux-gnu/softhsm",
           "/opt/homebrew/lib/softhsm", "/usr/local/lib/softhsm")  # fmt: skip


def module() -> Path:
    """SoftHSM's driver. Fails where it is not installed: what nobody tried is not tested."""
    return next(file for place in _PLACES if (file := Path(place, "libsofthsm2.so")).exists())


@dataclass(frozen=True)
class SoftToken:
    """A token whose contents lie in `folder`; the process that uses it needs its address in SOFTHSM2_CONF."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "SoftToken":
        """An empty token, and this process set to find it."""
        (folder / "tokens").mkdir(parents=True)
        configuration = folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
        os.environ["SOFTHSM2_CONF"] = str(configuration)
        made = cls(folder)
        made._tool("--init-token", "--free", "--label", LABEL, "--so-pin", _SO_PIN, "--pin", PIN)
        (folder / "pin").write_text(f"{PIN}\n")
        (folder / "pin").chmod(0o600)
        return made

    def put_key(self, key: RSAPrivateKey | EllipticCurvePrivateKey) -> None:
        file = self.folder / "key.pem"
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self._tool("--import", str(file), "--token", LABEL, "--label", KEY, "--id", NUMBER, "--pin", PIN)
        file.unlink()

    def put_certificate(self, certificate: x509.Certificate, number: str = NUMBER) -> None:
        library = pkcs11.lib(str(module()))
        library.reinitialize()
        with library.get_token(token_label=LABEL).open(rw=True, user_pin=PIN) as session:
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.ID: bytes.fromhex(number),
                    Attribute.SUBJECT: certificate.subject.public_bytes(),
                    Attribute.VALUE: certificate.public_bytes(Encoding.DER),
                }
            )

    def change_pin(self, new: str, old: str = PIN) -> None:
        library = pkcs11.lib(str(module()))
        library.reinitialize()
        with library.get_token(token_label=LABEL).open(rw=True, user_pin=old) as session:
            session.set_pin(old, new)

    def pull(self) -> None:
        shutil.move(self.folder / "tokens", self.folder / "elsewhere")
        (self.folder / "tokens").mkdir()

    def put_back(self) -> None:
        (self.folder / "tokens").rmdir()
        shutil.move(self.folder / "elsewhere", self.folder / "tokens")

    def empty(self) -> None:
        """As an HSM after a restart without its memory: another token of the same name, with nothing in it."""
        shutil.rmtree(self.folder / "tokens")
        (self.folder / "tokens").mkdir()
        self._tool("--init-token", "--free", "--label", LABEL, "--so-pin", _SO_PIN, "--pin", PIN)

    @property
    def settings(self) -> TokenSettings:
        return TokenSettings(module=module(), label=LABEL, key=KEY, pin_file=self.folder / "pin")

    def _tool(self, *arguments: str) -> None:
        subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)
