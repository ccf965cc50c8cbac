// The browsable description of the API: Swagger UI over our own schema, nothing from elsewhere.
"use strict";

const main = document.getElementById("api");

window.SwaggerUIBundle({
  url: main.dataset.schema,
  domNode: main,
  deepLinking: false,
  validatorUrl: null,
  persistAuthorization: false,
});
