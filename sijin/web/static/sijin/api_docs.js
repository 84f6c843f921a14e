/* Draws the API's reference; a request tried out carries the session's CSRF token. */
const place = document.querySelector(".reference");
SwaggerUIBundle({
  ...JSON.parse(document.getElementById("api-docs").textContent),
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  requestInterceptor: (request) => {
    request.headers["X-CSRFToken"] = place.dataset.csrfToken;
    return request;
  },
  onComplete: () => document.getElementById("swagger-ui").removeAttribute("aria-busy"),
});
