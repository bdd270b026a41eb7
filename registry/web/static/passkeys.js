// Devices that sign: a form with data-device asks this one, and sends what it signed. Without scripts there is no such form.
"use strict";

function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
}

function textOf(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (one) => String.fromCharCode(one)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

function written(credential) {
  const response = {};
  for (const part of PARTS) if (credential.response[part]?.byteLength) response[part] = textOf(credential.response[part]);
  return JSON.stringify({ id: credential.id, rawId: textOf(credential.rawId), type: credential.type, response });
}

// What to sign stands in the form, or is asked for when somebody presses the button: it is good for minutes.
async function askedOf(form) {
  if (form.dataset.challenge) return JSON.parse(form.dataset.challenge);
  const answer = await fetch(form.dataset.ask, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("not asked");
  return answer.json();
}

async function credentialOf(form) {
  const asked = await askedOf(form);
  const known = asked.passkeys.map((id) => ({ type: "public-key", id: bytesOf(id) }));
  const challenge = bytesOf(asked.challenge);
  if (form.dataset.device === "get") {
    const wanted = { challenge, rpId: asked.party, allowCredentials: known, userVerification: "required" };
    return navigator.credentials.get({ publicKey: wanted });
  }
  const wanted = {
    challenge,
    rp: { id: asked.party, name: "Einmal" },
    user: { id: bytesOf(asked.user), name: form.dataset.name, displayName: form.dataset.name },
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: known,
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    attestation: "none",
  };
  return navigator.credentials.create({ publicKey: wanted });
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("form[data-device]") : []) {
  (form.closest("[data-with-device]") ?? form).hidden = false;
  const failed = form.querySelector("[data-failed]");
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.formAction && event.submitter.name === "show-again") return;
    if (!form.checkValidity()) return; // the server says what is missing, before a device makes anything
    event.preventDefault();
    failed.hidden = true;
    try {
      form.elements.credential.value = written(await credentialOf(form));
    } catch {
      failed.hidden = false;
      failed.focus();
      return;
    }
    form.submit();
  });
}
