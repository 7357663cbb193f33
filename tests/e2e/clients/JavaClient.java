// SPDX-License-Identifier: Apache-2.0
// java.net.http through a proxy: "ws URL" echoes text and binary, "get URL" prints the body, and so
// does "connection URL", by the older HttpURLConnection. Arguments: the proxy's port, one such pair,
// and perhaps a user and a password. Prints "echoed" or the body; else an exception.

import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

public class JavaClient {
  static final byte[] BINARY = new byte[1 << 20];

  /** What comes back. A send is refused while another is under way, so it sends nothing itself. */
  static class Echo implements WebSocket.Listener {
    final CompletableFuture<String> text = new CompletableFuture<>();
    final CompletableFuture<Boolean> same = new CompletableFuture<>();
    private final ByteBuffer seen = ByteBuffer.allocate(BINARY.length);

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.complete(part.toString());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
      seen.put(part);
      if (last) same.complete(java.util.Arrays.equals(seen.array(), BINARY));
      socket.request(1);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      text.completeExceptionally(error);
      same.completeExceptionally(error);
    }
  }

  static String echo(HttpClient client, URI target) throws Exception {
    new Random(7).nextBytes(BINARY);
    var echo = new Echo();
    var socket = client.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(10))
        .buildAsync(target, echo).get(10, TimeUnit.SECONDS);
    socket.sendText("good morning", true).get(5, TimeUnit.SECONDS);
    if (!echo.text.get(10, TimeUnit.SECONDS).equals("good morning")) return "changed on the way";
    socket.sendBinary(ByteBuffer.wrap(BINARY), true).get(10, TimeUnit.SECONDS);
    var same = echo.same.get(20, TimeUnit.SECONDS);
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "done").get(5, TimeUnit.SECONDS);
    return same ? "echoed" : "changed on the way";
  }

  static String fetch(InetSocketAddress proxy, URI target) throws Exception {
    var connection = target.toURL().openConnection(new Proxy(Proxy.Type.HTTP, proxy));
    connection.setReadTimeout(10000);
    try (var body = connection.getInputStream()) {
      return new String(body.readAllBytes());
    }
  }

  static Authenticator known(String user, String password) {
    return new Authenticator() {
      @Override
      protected PasswordAuthentication getPasswordAuthentication() {
        return new PasswordAuthentication(user, password.toCharArray());
      }
    };
  }

  public static void main(String[] arguments) throws Exception {
    var proxy = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
    if (arguments.length > 3) Authenticator.setDefault(known(arguments[3], arguments[4]));
    var builder = HttpClient.newBuilder().proxy(ProxySelector.of(proxy));
    if (arguments.length > 3) builder.authenticator(Authenticator.getDefault());
    var client = builder.build();
    var target = URI.create(arguments[2]);
    if (arguments[1].equals("connection")) {
      System.out.println(fetch(proxy, target));
    } else if (arguments[1].equals("get")) {
      var request = HttpRequest.newBuilder(target).timeout(Duration.ofSeconds(10)).build();
      System.out.println(client.send(request, BodyHandlers.ofString()).body());
    } else {
      System.out.println(echo(client, target));
    }
    System.exit(0);
  }
}
