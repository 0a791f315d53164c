import java.io.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.util.*;
import javax.net.ssl.*;

/** A line: trusted certificates, a bar, what a client presents, each base64 of DER; prints ok, or why it is not let in. */
public class Admits {
  static X509Certificate[] read(CertificateFactory factory, String words) throws Exception {
    List<X509Certificate> found = new ArrayList<>();
    for (String word : words.trim().split(" "))
      found.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(Base64.getDecoder().decode(word))));
    return found.toArray(new X509Certificate[0]);
  }

  public static void main(String[] args) throws Exception {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null; ) {
      try {
        String[] sides = line.split("\\|");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (X509Certificate one : read(factory, sides[0])) store.setCertificateEntry("ca" + number++, one);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        X509Certificate[] chain = read(factory, sides[1]);
        ((X509TrustManager) trust.getTrustManagers()[0]).checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm());
        System.out.println("ok");
      } catch (Exception error) {
        System.out.println("no: " + String.valueOf(error.getMessage()).replace('\n', ' '));
      }
    }
  }
}
