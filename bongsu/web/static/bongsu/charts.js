// Makes a chart interactive when the reader presses its button: loads Vega once, and draws the chart from its specification.
// Without this script every chart is an image with a table. Vega interprets its expressions; eval is not used.
"use strict";
(() => {
  const own = document.currentScript.dataset;
  let vega;

  const load = () =>
    (vega ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = own.vega;
      script.onload = () => resolve(window.vegaEmbed);
      script.onerror = reject;
      document.head.append(script);
    }));

  async function draw(figure, button) {
    const place = figure.querySelector(".drawn");
    const address = new URL(figure.dataset.spec, location.href);
    if (place.clientWidth < 640) address.searchParams.set("size", "narrow");
    button.disabled = true;
    try {
      const shown = place.querySelector("img").currentSrc;
      const [embed, answer, picture] = await Promise.all([load(), fetch(address), fetch(shown).then((drawn) => drawn.text())]);
      if (!answer.ok) throw new Error(answer.statusText);
      const canvas = document.createElement("div");
      canvas.className = "live";
      await embed(canvas, await answer.json(), { ast: true, actions: false, renderer: "svg", tooltip: { theme: "custom" } });
      // The image contains the style for dark mode; the interactive chart uses it too, because it has the same colours.
      canvas.prepend(new DOMParser().parseFromString(picture, "text/html").querySelector("style") ?? "");
      place.querySelector("picture").replaceWith(canvas);
      canvas.tabIndex = 0;
      canvas.focus();
      button.parentElement.remove();
    } catch {
      const said = document.createElement("p");
      said.setAttribute("role", "status");
      said.textContent = own.failed;
      figure.append(said);
      button.parentElement.remove();
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const figure of document.querySelectorAll("figure.chart[data-spec]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = own.interactive;
      button.addEventListener("click", () => draw(figure, button));
      const item = document.createElement("li");
      item.append(button);
      figure.querySelector(".take").prepend(item);
    }
  });
})();
