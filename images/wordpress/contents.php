<?php
// Prints what is inside as JSON, for the image's labels: versions and folders read from the files themselves.
require '/srv/wordpress/wp-includes/version.php';
$content = '/srv/wordpress/wp-content';
$main = "$content/plugins/woocommerce/woocommerce.php";
$woocommerce = 'absent';
if (is_file($main) && preg_match('/^\s*\*\s*Version:\s*(\S+)/m', file_get_contents($main), $found)) {
	$woocommerce = $found[1];
}
$folders = fn (string $kind) => implode(',', array_map('basename', glob("$content/$kind/*", GLOB_ONLYDIR)));
echo json_encode([
	'storefleet.dev/wordpress' => $wp_version, 'storefleet.dev/woocommerce' => $woocommerce,
	'storefleet.dev/plugins' => $folders('plugins'), 'storefleet.dev/themes' => $folders('themes'),
], JSON_UNESCAPED_SLASHES), "\n";
