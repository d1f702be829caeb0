// Of the officer's pages of calls. Without this script the button "Check" does what the first part does.

// What the checker says is read anew when somebody pauses while typing; a line that it names is shown in the text.
const editor = document.querySelector("form[data-check]");
const written = editor?.querySelector("textarea[name=text]");
const found = document.getElementById("problems");
let pause, running, isSaved = true;

async function check() {
  running?.abort();
  running = new AbortController();
  try {
    const answer = await fetch(editor.dataset.check, { method: "POST", body: new FormData(editor), signal: running.signal });
    if (answer.ok) found.innerHTML = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") found.textContent = error.message;
  }
}

if (written && !written.readOnly) {
  written.addEventListener("input", () => {
    isSaved = false;
    clearTimeout(pause);
    pause = setTimeout(check, 700);
  });
  editor.addEventListener("submit", () => (isSaved = true));
  window.addEventListener("beforeunload", (event) => {
    if (!isSaved) event.preventDefault();
  });
}
found?.addEventListener("click", (event) => {
  const line = Number(event.target.closest("[data-line]")?.dataset.line);
  if (!line) return;
  event.preventDefault();
  const lines = written.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((length, one) => length + one.length + 1, 0);
  written.focus();
  written.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  written.scrollTop = (line - 4) * parseFloat(getComputedStyle(written).lineHeight);
});

// Times are also written in the reader's own zone.
for (const row of document.querySelectorAll("[data-local]")) {
  const zone = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "long" });
  for (const time of row.querySelectorAll("time[datetime]")) {
    const own = document.createElement("div");
    own.className = "quiet";
    own.textContent = `${row.dataset.local} ${zone.format(new Date(time.dateTime))}`;
    time.parentElement.append(own);
  }
}

// A picture that is wider than the screen begins with the first state.
const picture = document.querySelector(".call-picture");
const first = picture?.querySelector(".state")?.getBoundingClientRect();
if (first) picture.scrollLeft = first.left - picture.getBoundingClientRect().left - (picture.clientWidth - first.width) / 2;
