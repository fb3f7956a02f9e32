<?php
// Startup probe: exits 0 when visitors can be let in. Arguments: host, scheme, and WooCommerce's version or absent.
// The front page answers 200 without a redirect (before the set-up WordPress redirects to its installer). With
// WooCommerce also: the Store API answers, and the shop page lists one of its products if it has any. That much is
// asked until it was true once; later the owner may close the shop or empty it, and it must still start.
// The object cache begins anew when the former web pod has ended for sure: it may run an image that knows no cache.
require __DIR__ . '/cache/epoch.php';
const FORMER_POD_SECONDS = 90;
[, $host, $scheme, $woocommerce] = $argv;
$sold = '/srv/wordpress/wp-content/uploads/.storefleet-sold';
$let_in = function (): never {
	getenv('WORDPRESS_CACHE_HOST') && Epoch::begin(FORMER_POD_SECONDS);
	exit(0);
};
$get = function (string $path, int $redirects = 0) use ($host, $scheme): ?string {
	for (;;) {
		$options = ['follow_location' => 0, 'timeout' => 5, 'ignore_errors' => true, 'header' => ["Host: $host", "X-Forwarded-Proto: $scheme"]];
		$body = @file_get_contents('http://127.0.0.1:' . (getenv('WEB_PORT') ?: 8080) . $path, false, stream_context_create(['http' => $options]));
		$headers = $http_response_header ?? [];
		if ($body === false || !$headers) {
			return null;
		}
		if (str_contains($headers[0], ' 200')) {
			return $body;
		}
		$target = preg_grep('/^Location:/i', $headers);
		if (!$target || $redirects-- < 1) {
			return null;
		}
		$parts = parse_url(trim(substr(current($target), 9)));
		$path = ($parts['path'] ?? '/') . (isset($parts['query']) ? '?' . $parts['query'] : '');
	}
};
if ($get('/') === null) {
	exit(1);
}
if ($woocommerce === 'absent' || file_exists($sold)) {
	$let_in();
}
$products = json_decode($get('/?rest_route=/wc/store/v1/products&per_page=100') ?? '', true);
if (!is_array($products)) {
	exit(1);
}
if ($products) {
	$page = $get('/?post_type=product', 3) ?? '';
	$listed = array_filter($products, fn ($product) => str_contains($page, $product['permalink']));
	$listed || exit(1);
}
touch($sold);
$let_in();
