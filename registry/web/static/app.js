// What pages can do beyond forms; each works without it.
"use strict";

// The summary of what is wrong is read first.
document.getElementById("wrong")?.focus();

// A letter's QR code leads here with the code behind the #, which no server sees; it is taken out of the address at once.
const letter = document.querySelector("form[data-letter]");
if (letter && location.hash.length > 1) {
  const code = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
  letter.elements.code.value = code;
  letter.elements.pin.focus();
}
