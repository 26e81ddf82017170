<?php
require '../lib/common.inc.php';

$error = '';
if ($_SERVER['REQUEST_METHOD'] == 'POST') {
    $user = find_user(field($_POST, 'user'));
    $key = field($_POST, 'form_key');
    if ($key === '' || $key !== field($_SESSION, 'form_key')) {
        $error = 'This form has been sent before.';
    } elseif (!$user || md5(field($_POST, 'pass')) !== $user['md5']) {
        $error = 'Wrong user name or password.';
    } else {
        session_regenerate_id(true);
        $_SESSION['user'] = $user['login'];
        $_SESSION['name'] = $user['name'];
        header('Location: index.php');
        exit;
    }
} elseif (isset($_GET['error'])) {
    $error = 'Wrong user name or password.';
}
$_SESSION['form_key'] = md5(uniqid(rand(), true));

page_start('Order book: log in');
if ($error) {
    echo '<p><font color="red">' . h($error) . '</font></p>';
}
?>
<form method="post" action="login.php">
<input type="hidden" name="form_key" value="<?php echo h($_SESSION['form_key']) ?>">
<table>
<tr><td>User name</td><td><input name="user"></td></tr>
<tr><td>Password</td><td><input type="password" name="pass"></td></tr>
<tr><td></td><td><input type="submit" name="go" value="Log in"></td></tr>
</table>
</form>
<?php
page_end();
