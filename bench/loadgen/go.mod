module loadgen
go 1.20
