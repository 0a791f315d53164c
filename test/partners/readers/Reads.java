import java.io.*;
import java.security.cert.*;
import java.util.*;

/** One certificate a line, base64 of its DER; prints one line each: ok, or why not. */
public class Reads {
  public static void main(String[] args) throws Exception {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null; ) {
      try {
        byte[] der = Base64.getDecoder().decode(line);
        X509Certificate certificate = (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
        certificate.getSubjectX500Principal().getName();
        certificate.getSubjectAlternativeNames();
        certificate.getExtendedKeyUsage();
        certificate.getKeyUsage();
        System.out.println("ok");
      } catch (Exception error) {
        System.out.println("no: " + String.valueOf(error.getMessage()).replace('\n', ' '));
      }
    }
  }
}
