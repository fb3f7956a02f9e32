<?php
/**
 * Plugin Name: Hello Shop
 * Version: 1.2.3
 * Description: A plugin of our own, for the tests of the way that plugins take into an image.
 */
add_action('wp_footer', function (): void {
	echo '<!-- hello from hello-shop -->';
});
add_action('template_redirect', function (): void {
	if (isset($_GET['hello-slow'])) {
		touch('/tmp/slow-began');
		sleep(2);
		exit('slow and whole');
	}
});
