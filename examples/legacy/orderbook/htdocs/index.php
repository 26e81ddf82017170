<?php
require '../lib/common.inc.php';

if (empty($_SESSION['user'])) {
    header('Location: login.php');
    exit;
}
page_start('Order book');
?>
<p>Welcome, <b><?php echo h($_SESSION['name']) ?></b> (<?php echo h($_SESSION['user']) ?>)!
<a href="logout.php">Log out</a></p>
<table border="1">
<tr><th>Order</th><th>Paper</th><th>Reams</th></tr>
<tr><td>4711</td><td>A4, 80 g</td><td>250</td></tr>
</table>
<?php
page_end();
