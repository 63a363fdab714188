/* Swagger UI as this page wants it: by the system's colours, and with a key that is forgotten with the page. */
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
follow();
dark.addEventListener('change', follow);

const page = SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
  // Each service has such a page, and people have several open.
  onComplete: () => {
    document.title = `${page.specSelectors.info().get('title')} API`;
  },
});
