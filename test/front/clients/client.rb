# A partner in Ruby: FOLDER WHO URL [WHO URL]… prints `WHO STATUS BODY` or `WHO error MESSAGE` for each.
require 'net/http'
require 'openssl'

folder, *calls = ARGV
calls.each_slice(2) do |who, url|
  uri = URI(url)
  http = Net::HTTP.new(uri.host, uri.port)
  http.use_ssl = true
  http.ca_file = "#{folder}/ca.pem"
  http.open_timeout = http.read_timeout = 10
  unless who == 'none'
    chain = OpenSSL::X509::Certificate.load_file("#{folder}/#{who}.pem")
    http.cert = chain.first
    http.extra_chain_cert = chain.drop(1)
    http.key = OpenSSL::PKey.read(File.read("#{folder}/#{who}.key"))
  end
  response = http.get(uri.request_uri)
  puts "#{who} #{response.code} #{response.body.split.join(' ')}"
rescue StandardError => e
  puts "#{who} error #{e.message}"
end
