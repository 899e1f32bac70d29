// Runs in CloudFront on every request, before it is signed for the function URL: the signature takes the place of the
// viewer's own Authorization. What the function finds in x-viewer-authorization, the viewer has sent in Authorization.
function handler(event) {
  const headers = event.request.headers;
  delete headers['x-viewer-authorization'];
  if (headers.authorization) {
    headers['x-viewer-authorization'] = { value: headers.authorization.value };
  }
  return event.request;
}
