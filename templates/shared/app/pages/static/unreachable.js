// Says that the service cannot be reached. Without htmx, a browser shows a page of its own then.
const notice = () => document.getElementById("unreachable");

document.addEventListener("htmx:before:request", () => {
  notice().hidden = true;
  notice().removeAttribute("role");
});

document.addEventListener("htmx:error", () => {
  // Only now, so that it is read out because it appears.
  notice().setAttribute("role", "alert");
  notice().hidden = false;
  notice().scrollIntoView({ block: "nearest" });
});
