import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A partner in Java: FOLDER WHO URL [WHO URL]… prints `WHO STATUS BODY` or `WHO error MESSAGE` for each. */
public class Client {
    public static void main(String[] arguments) {
        for (int at = 1; at + 1 < arguments.length; at += 2) {
            try {
                HttpResponse<String> response = get(arguments[0], arguments[at], arguments[at + 1]);
                String body = response.body().replaceAll("\\s+", " ");
                System.out.println(arguments[at] + " " + response.statusCode() + " " + body);
            } catch (Exception failure) {
                System.out.println(arguments[at] + " error " + failure);
            }
        }
    }

    static HttpResponse<String> get(String folder, String who, String url) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream pem = Files.newInputStream(Path.of(folder, "ca.pem"))) {
            trusted.setCertificateEntry("front", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        KeyStore own = KeyStore.getInstance("PKCS12");
        char[] password = "partner".toCharArray();
        if (who.equals("none")) {
            own.load(null, null);
        } else {
            try (InputStream store = Files.newInputStream(Path.of(folder, who + ".p12"))) {
                own.load(store, password);
            }
        }
        keys.init(own, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        HttpClient client =
            HttpClient.newBuilder().sslContext(context).connectTimeout(Duration.ofSeconds(10)).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
