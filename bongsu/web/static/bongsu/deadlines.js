// Adds to each deadline its time in the reader's zone, if that is another; without this script the zone of the call and UTC stand.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const format = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", hourCycle: "h23", timeZone: zone });
for (const place of document.querySelectorAll("[data-here]")) {
  const time = place.querySelector("time");
  if (time.textContent.includes(`(${zone})`)) continue;
  const text = place.dataset.here.replace("{time}", format.format(new Date(time.dateTime))).replace("{zone}", zone);
  place.append(document.createElement("br"), text);
}
