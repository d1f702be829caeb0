// Says on the page that a passkey did not work: django-allauth's script only writes it to the console.
document.addEventListener("allauth.error", () => {
  document.getElementById("passkey-error").hidden = false;
});
