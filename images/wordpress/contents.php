<?php
// Prints what is inside as JSON, for the image's labels: versions read from the files themselves.
require '/srv/wordpress/wp-includes/version.php';
$main = '/srv/wordpress/wp-content/plugins/woocommerce/woocommerce.php';
$woocommerce = 'absent';
if (is_file($main) && preg_match('/^\s*\*\s*Version:\s*(\S+)/m', file_get_contents($main), $found)) {
	$woocommerce = $found[1];
}
echo json_encode(['storefleet.dev/wordpress' => $wp_version, 'storefleet.dev/woocommerce' => $woocommerce]), "\n";
