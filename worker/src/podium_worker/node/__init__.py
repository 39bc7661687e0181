"""The node: speaks to gateways, keeps segments until a transcoder has answered them."""
