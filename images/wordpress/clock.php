<?php
// WordPress' clock, from the command line. The first connections of a new pod are refused until the firewall knows its
// address, and a WordPress without its database ends as if it had done everything: so this waits.
require __DIR__ . '/setup/frame.php';
require __DIR__ . '/setup/database.php';
database()->close();
Done::$done = true; // wp-cron.php ends by itself
require '/srv/wordpress/wp-cron.php';
