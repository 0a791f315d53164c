# A partner in Perl: FOLDER WHO URL [WHO URL]... prints `WHO STATUS BODY` or `WHO error MESSAGE` for each.
use strict;
use warnings;
use LWP::UserAgent;

$SIG{PIPE} = 'IGNORE';
$| = 1;
my ($folder, @calls) = @ARGV;
while (my ($who, $url) = splice @calls, 0, 2) {
    my %ssl = (SSL_ca_file => "$folder/ca.pem", verify_hostname => 1);
    if ($who ne 'none') {
        $ssl{SSL_cert_file} = "$folder/$who.pem";
        $ssl{SSL_key_file} = "$folder/$who.key";
    }
    my $response = LWP::UserAgent->new(timeout => 10, ssl_opts => \%ssl)->get($url);
    my $own = ($response->header('Client-Warning') // '') eq 'Internal response';
    my $body = join ' ', split ' ', $response->decoded_content // '';
    print "$who ", ($own ? 'error' : $response->code), " $body\n";
}
