// Draws the preview of the colours anew while somebody types; without this script the button "Preview" does it.
const picture = document.querySelector("img[data-preview]");
const fields = document.querySelectorAll("input[data-colour]");
for (const field of fields) {
  field.addEventListener("input", () => {
    const query = new URLSearchParams([...fields].map((one) => [one.dataset.colour, one.value]));
    picture.src = `${picture.dataset.preview}?${query}`;
  });
}
