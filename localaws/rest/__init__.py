"""REST APIs of API Gateway: the imported document, its routes, authorization, event, integrations and answers."""
